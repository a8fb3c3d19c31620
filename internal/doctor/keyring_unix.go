//go:build unix && !darwin

package doctor

const openKeyring = "gnome-keyring-daemon --unlock"
