"""compliance: do employers pay. Employers, their wage reports, what they owe for a month, what they paid, how late."""
