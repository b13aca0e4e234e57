"""Personal data: how long they are kept, how they are erased in place, what a person may ask."""
