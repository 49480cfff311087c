"""What enrolment decides, as functions of their arguments."""
