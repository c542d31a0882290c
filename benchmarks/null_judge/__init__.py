"""A judge that thinks nothing, at a fixed delay, so that what is measured is whoever asks it."""
