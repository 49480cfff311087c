"""Tests of notification: real database, real mail server, real processes that are killed."""
