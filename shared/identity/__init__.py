"""Numbers that identify or reach a person: read leniently, refused with a reason, never shown by accident."""
