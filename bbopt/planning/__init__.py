"""From a scenario to the parts of a search: built once, before anything is run or written."""
