"""All SQL of billing, one file for each thing that is stored."""
