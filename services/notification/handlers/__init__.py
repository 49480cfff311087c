"""What notification does on events and on its jobs."""
