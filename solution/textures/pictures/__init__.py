"""What comes out for people to look at: figures and films. Nothing is computed here."""
