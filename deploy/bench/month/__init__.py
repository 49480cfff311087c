"""`payung bench month`: a whole month of the programme, through every service, measured beside raw and plain code."""
