"""What people do with many songs: teaching the ear genres of their own."""
