"""What must hold before a step may advance: counts in, one word and one sentence out."""
