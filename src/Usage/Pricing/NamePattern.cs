using System.Text.RegularExpressions;

namespace LlmTelemetry.Usage;

/// <summary>
/// A pattern of provider or model names as the price file writes it: <c>x</c> exactly, <c>x*</c> a prefix, <c>*x</c> a suffix, <c>*x*</c> anywhere,
/// <c>/x/</c> a regular expression; <c>x~*</c> as <c>x*</c> but not followed by another version number. Immutable.
/// </summary>
internal sealed partial class NamePattern
{
    // The patterns are ours or the operator's, the names may be anybody's.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly string _text = "";
    private readonly bool _openStart;
    private readonly bool _openEnd;
    private readonly bool _notNewer;
    private readonly Regex? _regex;
    private readonly NamePattern[] _all = [];

    private NamePattern(NamePattern[] all) => _all = all;

    private NamePattern(string pattern)
    {
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
        if (_text.Length == 0 || _text.AsSpan().ContainsAny('*', '~') || _text.Trim().Length != _text.Length || _text.Any(char.IsUpper))
        {
            throw new FormatException($"\"{pattern}\" is no pattern of a name: x, x*, *x, *x*, x~* or /x/, in lower case.");
        }
    }

    /// <exception cref="FormatException">It can match no name.</exception>
    /// <exception cref="ArgumentException">The regular expression is malformed.</exception>
    public static NamePattern Parse(string pattern) => new(pattern);

    /// <summary>Matches what all of the patterns match.</summary>
    public static NamePattern All(NamePattern[] patterns) => new(patterns);

    /// <summary>Whether one of the patterns matches.</summary>
    public static bool AnyMatches(NamePattern[] patterns, string name)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.Matches(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="name">Trimmed and in lower case.</param>
    public bool Matches(string name)
    {
        if (_all.Length != 0)
        {
            return Array.TrueForAll(_all, p => p.Matches(name));
        }

        if (_regex is not null)
        {
            return MatchesRegex(_regex, name);
        }

        return (_openStart, _openEnd) switch
        {
            (false, false) => name == _text,
            (true, false) => name.EndsWith(_text, StringComparison.Ordinal),
            (false, true) => name.StartsWith(_text, StringComparison.Ordinal) && IsSameVersion(name, _text.Length),
            (true, true) => name.IndexOf(_text, StringComparison.Ordinal) is >= 0 and var at && IsSameVersion(name, at + _text.Length),
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

    private bool IsSameVersion(string name, int end) => !_notNewer || !NewerVersion().IsMatch(name.AsSpan(end));

    // One or two digits are a minor version, more are a date.
    [GeneratedRegex(@"^[-.]\d{1,2}(?!\d)", RegexOptions.CultureInvariant, 100)]
    private static partial Regex NewerVersion();
}
