"""What two services need: mechanism, never policy. It knows no service."""
