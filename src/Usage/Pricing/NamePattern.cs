using System.Text.RegularExpressions;

namespace LlmTelemetry.Usage;

/// <summary>
/// A pattern of provider or model names as the price file writes it: <c>x</c> exactly, <c>x*</c> a prefix, <c>*x</c> a suffix, <c>*x*</c> anywhere,
/// <c>/x/</c> a regular expression; <c>x~*</c> as <c>x*</c> but not followed by another version number. Immutable.
/// </summary>
internal sealed class NamePattern
{
    // The patterns are ours or the operator's, the names may be anybody's. Long enough for a thread that waits for a processor: what times out is unknown.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly string _written;
    private readonly string _text = "";
    private readonly bool _openStart;
    private readonly bool _openEnd;
    private readonly bool _notNewer;
    private readonly bool _isCustom;
    private readonly Regex? _regex;
    private readonly NamePattern[] _all = [];

    private NamePattern(NamePattern[] all)
    {
        _all = all;
        _written = string.Join(" and ", all.AsEnumerable());
        _isCustom = Array.Exists(all, p => p._isCustom);
    }

    private NamePattern(string pattern)
    {
        _written = pattern;
        _isCustom = CustomName.Is(pattern.TrimStart('/', '^', '*'));
        if (pattern is ['/', .. var expression, '/'])
        {
            _regex = new Regex(expression, RegexOptions.CultureInvariant, Patience);
            return;
        }

        _openStart = pattern.StartsWith('*');
        _openEnd = pattern.EndsWith('*');
        _text = pattern[(_openStart ? 1 : 0)..];
        _text = _openEnd && _text.Length > 0 ? _text[..^1] : _text;
        _notNewer = _openEnd && _text.EndsWith('~');
        _text = _notNewer ? _text[..^1] : _text;
        // OpenRouter's own aliases begin with a ~.
        if (_text.Length == 0 || _text.Contains('*', StringComparison.Ordinal) || _text.LastIndexOf('~') > 0 || _text.Trim().Length != _text.Length || _text.Any(char.IsUpper))
        {
            throw new FormatException($"\"{pattern}\" is no pattern of a name: x, x*, *x, *x*, x~* or /x/, in lower case.");
        }
    }

    /// <summary>The name, where the pattern matches one name only.</summary>
    public string? Exact => _text.Length != 0 && !_openStart && !_openEnd ? _text : null;

    /// <exception cref="FormatException">It can match no name.</exception>
    /// <exception cref="ArgumentException">The regular expression is malformed.</exception>
    public static NamePattern Parse(string pattern) => new(pattern);

    /// <summary>Matches what all of the patterns match.</summary>
    public static NamePattern All(NamePattern[] patterns) => new(patterns);

    /// <summary>Whether the name is spelled so.</summary>
    /// <param name="name">Trimmed and in lower case.</param>
    public bool Matches(string name) => Matches(name, siblings: true);

    /// <summary>Whether the name is spelled so and means this model: no newer version, no variant with other prices, no fine-tune of it.</summary>
    public bool Means(NameForm form) => (_isCustom || !form.IsCustom) && Matches(form.Name, siblings: false);

    /// <inheritdoc/>
    public override string ToString() => _written;

    private bool Matches(string name, bool siblings)
    {
        if (_all.Length != 0)
        {
            return Array.TrueForAll(_all, p => p.Matches(name, siblings));
        }

        if (_regex is not null)
        {
            return MatchesRegex(_regex, name);
        }

        return (_openStart, _openEnd) switch
        {
            (false, false) => name == _text,
            (true, false) => name.EndsWith(_text, StringComparison.Ordinal),
            (false, true) => name.StartsWith(_text, StringComparison.Ordinal) && MayEnd(name.AsSpan(_text.Length), siblings),
            (true, true) => name.IndexOf(_text, StringComparison.Ordinal) is >= 0 and var at && MayEnd(name.AsSpan(at + _text.Length), siblings),
        };
    }

    private static bool MatchesRegex(Regex regex, string name)
    {
        try
        {
            return regex.IsMatch(name);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private bool MayEnd(ReadOnlySpan<char> rest, bool siblings) =>
        !(_notNewer && SiblingRule.IsNewerVersion(rest)) && (siblings || !SiblingRule.IsOther(_text, rest));
}
