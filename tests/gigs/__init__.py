"""What jobs and services share: the words by which they are found."""
