"""What a newcomer is told on the first day is true: the lists of CONTRIBUTING are followed, the tour is walked."""
