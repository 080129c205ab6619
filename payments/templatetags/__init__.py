"""What templates may say about money."""
