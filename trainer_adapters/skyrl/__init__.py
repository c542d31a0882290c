"""SkyRL: in `environment`, which imports SkyRL's gym, an environment whose reward is the URL's."""
