"""Registration: people become workers, thousands from an accepted roster or one whom an officer enters."""
