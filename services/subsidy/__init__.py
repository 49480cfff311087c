"""Who pays for an informal worker's cover, and is it paid: budgets, decrees, month runs, bills and disbursements."""
