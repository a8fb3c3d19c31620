package fob

import "os"

// lockFlags opens a lock file.
const lockFlags = os.O_CREATE | os.O_RDWR
