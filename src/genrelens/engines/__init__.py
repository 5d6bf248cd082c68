"""Where labelling runs: scheduling only, never what is computed."""
