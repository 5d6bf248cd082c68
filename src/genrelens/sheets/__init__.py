"""Papers to hand out: tables, documents and printable pages made of what the workflows found."""
