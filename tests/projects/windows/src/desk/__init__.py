"""A program for Windows whose packages have native code of many kinds."""
