//go:build unix

package paths

// On macOS as on Linux: people keep the configuration of git, gh and other command-line tools in ~/.config on both, share
// it between machines, and ~/Library/Application Support is where they never look. XDG_* variables are obeyed on both.

// System is the directory of the machine's configuration: config.toml and config.d in it come before the user's.
func System(Getenv) string { return "/etc/fob" }

// Data is the directory of the sealing key, apart from the state directory so that a copy of one is useless without the
// other. It is "" where there is no home.
func Data(env Getenv) string {
	return under(first(base(env, "XDG_DATA_HOME"), under(base(env, "HOME"), ".local", "share")), "fob")
}

func configHome(env Getenv) string {
	return first(base(env, "XDG_CONFIG_HOME"), under(base(env, "HOME"), ".config"))
}

func stateHome(env Getenv) string {
	return first(base(env, "XDG_STATE_HOME"), under(base(env, "HOME"), ".local", "state"))
}
