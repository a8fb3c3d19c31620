package paths

// System is the directory of the machine's configuration: config.toml and config.d in it come before the user's.
func System(env Getenv) string {
	return under(first(base(env, "ProgramData"), `C:\ProgramData`), "fob")
}

// Data is the directory of the sealing key, apart from the state directory so that a copy of one is useless without the
// other. Local, since a roaming profile would carry the key to a file server. It is "" where there is no home.
func Data(env Getenv) string {
	if dir := base(env, "XDG_DATA_HOME"); dir != "" {
		return under(dir, "fob")
	}
	return under(stateHome(env), "fob-data")
}

func configHome(env Getenv) string {
	return first(base(env, "XDG_CONFIG_HOME"), base(env, "APPDATA"), under(base(env, "USERPROFILE"), "AppData", "Roaming"))
}

func stateHome(env Getenv) string {
	return first(base(env, "XDG_STATE_HOME"), base(env, "LOCALAPPDATA"), under(base(env, "USERPROFILE"), "AppData", "Local"))
}
