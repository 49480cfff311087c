"""A made-up world to try Payung in: its `province`, its BPJS branch (`bpjs`), the offices (`programme`) that act."""
