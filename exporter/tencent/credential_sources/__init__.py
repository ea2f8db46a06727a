"""Where keys come from: the configuration, the environment, profiles, and what clouds hand out."""
