"""What compliance does on a command or when its time comes: ask rules, use the store, emit events."""
