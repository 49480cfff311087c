"""What the compose deployment needs beside the services' own images: secrets, a health probe, an image of tools."""
