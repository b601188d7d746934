/** A LIKE pattern as a regular expression: `%` any text, `_` one character; the character after the escape character is literal. */
export function likePattern(pattern: string, escapeCharacter = '\\', ignoreCase = false): RegExp {
  let source = '';
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === escapeCharacter && at + 1 < characters.length) {
      at += 1;
      source += escaped(characters[at] ?? '');
    } else if (character === '%') source += '.*';
    else if (character === '_') source += '.';
    else source += escaped(character);
  }
  return new RegExp(`^${source}$`, ignoreCase ? 'sui' : 'su');
}

function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
