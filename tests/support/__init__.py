"""What tests share: the real servers of both generations, and sinks for what they send."""
