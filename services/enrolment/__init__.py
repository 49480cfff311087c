"""Enrolment: who is protected. Rosters, checks, decisions, membership and its lapse clock."""
