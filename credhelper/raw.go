package credhelper

// raw is for whatever takes a program's output for a token: pnpm's tokenHelper, msmtp's passwordeval, curl by way of a shell. Nobody says
// where it will go.
var raw = protocol{words: []string{"raw"}, parse: parseRaw, render: renderRaw, fail: (*message).failed}

func parseRaw(in *input, m *message) error {
	m.op, m.req.MinTTL, m.req.Bearer = opGet, minTTL, true
	return justGet(in, "raw")
}

// justGet allows no verb but get, and none.
func justGet(in *input, word string) error {
	if len(in.args) > 1 || len(in.args) == 1 && in.args[0] != "get" {
		return badUsage(word + " [--profile NAME] [get]")
	}
	return nil
}

func renderRaw(m *message, a answer) ([]byte, error) {
	token, err := a.cred.token()
	if err != nil {
		return nil, err
	}
	return append([]byte(token), '\n'), nil
}
