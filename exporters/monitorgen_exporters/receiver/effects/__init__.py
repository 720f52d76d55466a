"""What the receiver does outside its database: notifications and commands, and the outbox they wait in."""
