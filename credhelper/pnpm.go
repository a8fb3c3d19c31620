package credhelper

// pnpm is pnpm's tokenHelper: no request, and what Authorization is to say on stdout. pnpm up to version 10 sends that as it is; later ones
// put Bearer in front of what names no scheme. Nobody says where it will go: it is raw in other words, and a profile allows it as such.
var pnpm = protocol{words: []string{"pnpm"}, parse: parsePnpm, render: renderPnpm, fail: (*message).failed}

func parsePnpm(in *input, m *message) error {
	m.op, m.req.Protocol, m.req.MinTTL, m.req.Bearer = opGet, raw.words[0], minTTL, true
	return justGet(in, "pnpm")
}

func renderPnpm(_ *message, a answer) ([]byte, error) {
	header, err := a.cred.header()
	if err != nil {
		return nil, err
	}
	return append([]byte(header), '\n'), nil
}
