"""Files of weights and of unfinished trainings: read with care, written whole."""
