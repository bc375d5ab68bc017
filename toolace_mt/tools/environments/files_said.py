"""What is said around the file store's tools: a user's words and a reply, values as slots."""

SAID: dict[str, tuple[tuple[str, str], ...]] = {
    "list_folder": (
        (
            "What is in the folder {folder}?",
            ("There is {outputs.files[0].file_name} with the number {outputs.files[0].file_id}."),
        ),
        (
            "Show me the files in {folder}.",
            "I see {outputs.files[0].file_name}. Its number is {outputs.files[0].file_id}.",
        ),
    ),
    "search_files": (
        (
            "Which files mention the word {word}?",
            "The word is in {outputs.files[0].file_name}, number {outputs.files[0].file_id}.",
        ),
        (
            "Search my files for {word}.",
            "I found {outputs.files[0].file_name}, which is {outputs.files[0].file_id}.",
        ),
    ),
    "get_file_info": (
        (
            "How large is the file {file_id}?",
            "{outputs.file_name} has {outputs.size_bytes} bytes and is in {outputs.folder}.",
        ),
        ("Where is {file_id} kept?", "{outputs.file_name} is in the folder {outputs.folder}."),
    ),
    "read_file": (
        ("Please open the file {file_id}.", "{outputs.file_name} says: {outputs.text}"),
        ("What does {file_id} say?", "It says: {outputs.text}"),
    ),
    "create_file": (
        (
            "Save a new file {file_name} in {folder}: {text}",
            "I have saved {outputs.file_name} as {outputs.file_id}.",
        ),
        (
            "Put this into {folder} as {file_name}: {text}",
            "{outputs.file_name} is in {outputs.folder} now, number {outputs.file_id}.",
        ),
    ),
    "append_text": (
        (
            "Add to the file {file_id}: {text}",
            "Done, {outputs.file_name} is now at version {outputs.version}.",
        ),
        (
            "Please append this to {file_id}: {text}",
            "{outputs.file_name} has {outputs.size_bytes} bytes now.",
        ),
    ),
    "move_file": (
        ("Move {file_id} to {folder}.", "{outputs.file_id} is in {outputs.folder} now."),
        (
            "The file {file_id} belongs into {folder}.",
            "I have moved {outputs.file_id} to {outputs.folder}.",
        ),
    ),
    "label_file": (
        ("Label {file_id} as {label}.", "{outputs.file_id} is labelled {outputs.label}."),
        (
            "Please mark the file {file_id} as {label}.",
            "Marked. {outputs.file_id} has {outputs.label_count} labels in all.",
        ),
    ),
    "delete_file": (
        ("Delete the file {file_id}, please.", "{outputs.file_name} is in the bin."),
        (
            "I do not need {file_id} any more.",
            ("I have put {outputs.file_name} into the bin, which holds {outputs.bin_count} files."),
        ),
    ),
    "get_space": (
        ("How much space is left in my store?", "{outputs.free_bytes} bytes are free."),
        (
            "How full is the store?",
            "You use {outputs.used_bytes} bytes with {outputs.stored_files} files.",
        ),
    ),
}
