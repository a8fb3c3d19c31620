package main

const fobName = "fob.exe"

// replace cannot be done on Windows.
func replace(string, []string, *recorder) (code int, done bool, err error) { return 0, false, nil }
