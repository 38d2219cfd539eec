"""What asks for a champion to be served: the request, where it is kept, and how it is made."""
