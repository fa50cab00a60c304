"""Is every change seen, none invented, and does every generated script run, both ways, with rows?"""
