"""Episodes: one firing of one alert each, from its first delivery to its end."""
