using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Writes keys as stores keep them: what every row has comes first, what few rows say behind it, and its tail is left out where nothing is
/// said. So rows without it look as they did before there was any, and a reader that knows less of it adds the rows up.
/// </summary>
internal static class SpendKeyText
{
    private const string DayFormat = "yyyyMMdd";

    // Of what few rows say, in their order: stable.
    private const int Tier = 0;
    private const int Client = 1;
    private const int Environment = 2;
    private const int Operation = 3;
    private const int Tags = 4;
    private const int Conversation = 5;
    private const int Session = 6;
    private const int Day = 7;
    private const int Metric = 8;
    private const int Outcome = 9;
    private const int Quality = 10;
    private const int PriceVersion = 11;
    private const int Count = 12;

    /// <summary>What every row has in Redis: provider, model, feature.</summary>
    public const int RowParts = 3;

    /// <summary>What every figure has there: user, provider, model, feature.</summary>
    public const int FigureParts = 4;

    /// <summary>As the row of a day or a month: without what only hours keep.</summary>
    public static string Join(ReadOnlySpan<string?> first, SpendKeyMore? more) =>
        more is null ? KeyText.Join(first) : Join(first, more.Parts.WithoutIds(), more.Tags, day: null);

    /// <summary>As the row of an hour.</summary>
    /// <param name="first">What every row has.</param>
    /// <param name="more">What few rows say.</param>
    /// <param name="day">The row's day where it is not the one that the hour begins in; null where it is.</param>
    public static string JoinHour(ReadOnlySpan<string?> first, SpendKeyMore? more, DateOnly? day) =>
        more is null && day is null ? KeyText.Join(first) : Join(first, more?.Parts ?? default, more?.Tags ?? [], day);

    /// <summary>Reads what <see cref="KeyText.Split"/> has left of a text.</summary>
    public static SpendKeyMore? Read(ReadOnlySpan<char> rest, out DateOnly? day)
    {
        day = null;
        if (rest.IsEmpty)
        {
            return null;
        }

        Span<string?> parts = new string?[Count];
        _ = KeyText.Split(rest, parts);
        day = DateOnly.TryParseExact(parts[Day], DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var said) ? said : null;
        return SpendKeyMore.Of(
            new SpendKeyParts(
                parts[Tier], parts[Client], parts[Environment], parts[Operation], parts[Conversation], parts[Session], parts[Metric],
                parts[Outcome], parts[Quality], parts[PriceVersion]),
            ReadTags(parts[Tags]));
    }

    /// <summary>A key's text without what tells one person's calls: its conversation, its session, and its user where it says one.</summary>
    /// <param name="text">The text; what a newer version added to it stays.</param>
    /// <param name="first">How many parts every row has.</param>
    /// <param name="user">Which of them is the user; null for none.</param>
    public static string Erase(string text, int first, int? user)
    {
        var parts = text.Split(KeyText.Separator);
        if (user is { } at)
        {
            parts[at] = KeyText.Encode(ErasedUser.Name);
        }

        foreach (var id in new[] { first + Conversation, first + Session }.Where(id => id < parts.Length))
        {
            parts[id] = "";
        }

        var length = parts.Length;
        while (length > first && parts[length - 1].Length == 0)
        {
            length--;
        }

        return string.Join(KeyText.Separator, parts, 0, length);
    }

    /// <summary>The session that a key's text says; null for none.</summary>
    public static string? SessionOf(string text, int first) =>
        text.Split(KeyText.Separator) is var parts && first + Session < parts.Length ? KeyText.Decode(parts[first + Session]) : null;

    private static string Join(ReadOnlySpan<string?> first, in SpendKeyParts parts, IReadOnlyList<KeyValuePair<string, string>> tags, DateOnly? day)
    {
        var all = new string?[first.Length + Count];
        first.CopyTo(all);
        var behind = all.AsSpan(first.Length);
        behind[Tier] = parts.Tier;
        behind[Client] = parts.Client;
        behind[Environment] = parts.Environment;
        behind[Operation] = parts.Operation;
        behind[Tags] = tags.Count == 0 ? null : KeyText.Join([.. tags.SelectMany(tag => new[] { tag.Key, tag.Value })]);
        behind[Conversation] = parts.Conversation;
        behind[Session] = parts.Session;
        behind[Day] = day?.ToString(DayFormat, CultureInfo.InvariantCulture);
        behind[Metric] = parts.Metric;
        behind[Outcome] = parts.Outcome;
        behind[Quality] = parts.Quality;
        behind[PriceVersion] = parts.PriceVersion;
        var length = behind.Length;
        while (length > 0 && behind[length - 1] is null)
        {
            length--;
        }

        return KeyText.Join(all.AsSpan(0, first.Length + length));
    }

    private static KeyValuePair<string, string>[] ReadTags(string? text)
    {
        if (text is null)
        {
            return [];
        }

        var parts = new string?[text.AsSpan().Count(KeyText.Separator) + 1];
        _ = KeyText.Split(text, parts);
        return [.. parts.Chunk(2).Where(pair => pair is [not null, not null]).Select(pair => new KeyValuePair<string, string>(pair[0]!, pair[1]!))];
    }
}
