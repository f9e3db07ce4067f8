"""The programs, by the names of the services that they are."""
