using System.CommandLine.Parsing;
using System.Globalization;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Reads the arguments of <c>report</c>; what is wrong with one says what would be right.</summary>
internal static class ReportArguments
{
    private const string Success = "success";

    /// <summary>What a report can be broken down by.</summary>
    public static string Words { get; } = $"{SpendDimensions.KeptWords}, {SpendDimension.Day.Name()}, {SpendDimensions.TagName("NAME")}";

    public static DateOnly? Day(ArgumentResult result) => Day(result.Tokens[^1].Value, result.AddError);

    /// <summary>The same of a text from elsewhere; so are the others that take one.</summary>
    public static DateOnly? Day(string text, Action<string> addError)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return day;
        }

        addError($"'{text}' is not a day: write it as 2026-11-01.");
        return null;
    }

    public static ReportColumns Columns(ArgumentResult result) => Columns(result.Tokens.Select(token => token.Value), result.AddError);

    public static ReportColumns Columns(IEnumerable<string> texts, Action<string> addError)
    {
        List<SpendDimension> by = [];
        List<string> tags = [];
        foreach (var word in texts.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (SpendDimensions.FindTag(word) is { } tag)
            {
                tags.Add(tag);
            }
            else if (Dimension(word, addError) is { } dimension)
            {
                by.Add(dimension);
            }
        }

        return new ReportColumns(by, tags);
    }

    public static ReportFilters Filters(ArgumentResult result) => Filters(result.Tokens.Select(token => token.Value), result.AddError);

    public static ReportFilters Filters(IEnumerable<string> texts, Action<string> addError)
    {
        bool? succeeded = null;
        var (where, tags) = (new Dictionary<SpendDimension, string?>(), new Dictionary<string, string?>());
        foreach (var text in texts)
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at < 0)
            {
                addError($"'{text}' is not a filter: write it as user=ada.");
                continue;
            }

            var (word, value) = (text[..at], at + 1 == text.Length ? null : text[(at + 1)..]);
            if (word.Equals(Success, StringComparison.OrdinalIgnoreCase))
            {
                if (succeeded is not null || !bool.TryParse(value, out var wanted))
                {
                    addError(succeeded is not null ? $"There are two filters for {word}." : $"'{text}' is not a filter: write it as {Success}=true or {Success}=false.");
                    continue;
                }

                succeeded = wanted;
                continue;
            }

            if (!(SpendDimensions.FindTag(word) is { } tag ? tags.TryAdd(tag, value) : Dimension(word, addError) is not { } dimension || where.TryAdd(dimension, value)))
            {
                addError($"There are two filters for {word}.");
            }
        }

        if (where.ContainsKey(SpendDimension.Day))
        {
            addError("Days are chosen with --from and --to, or --today, --month, --year and --last.");
        }

        return new ReportFilters(where, tags, succeeded);
    }

    public static TimeZoneInfo? Zone(ArgumentResult result) => Zone(result.Tokens[^1].Value, result.AddError);

    public static TimeZoneInfo? Zone(string text, Action<string> addError)
    {
        if (TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone))
        {
            return zone;
        }

        addError($"'{text}' is not a time zone: write it as UTC or Europe/Berlin.");
        return null;
    }

    public static UsageReportSort Sort(ArgumentResult result) => Sort(result.Tokens[^1].Value, result.AddError);

    public static UsageReportSort Sort(string text, Action<string> addError)
    {
        if (!text.All(char.IsAsciiLetter) || !Enum.TryParse<UsageReportSort>(text, ignoreCase: true, out var sort))
        {
            addError($"'{text}' is no order: use cost, charged, calls, tokens or name.");
            return default;
        }

        return sort;
    }

    public static int Count(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
        {
            return count;
        }

        result.AddError($"--count must be a whole number from 1 on, not '{text}'.");
        return 1;
    }

    /// <summary>One that rows are kept by.</summary>
    public static SpendDimension Kept(ArgumentResult result) => Kept(result.Tokens[^1].Value, result.AddError);

    public static SpendDimension Kept(string word, Action<string> addError)
    {
        if (SpendDimensions.Find(word) is { } dimension && SpendDimensions.Kept.Contains(dimension))
        {
            return dimension;
        }

        addError($"'{word}' is nothing that can cost the most: use {SpendDimensions.KeptWords}.");
        return default;
    }

    private static SpendDimension? Dimension(string word, Action<string> addError)
    {
        var dimension = SpendDimensions.Find(word);
        if (dimension is null)
        {
            addError($"'{word}' is not a dimension: use {Words}.");
        }

        return dimension;
    }
}

/// <summary>What a report is broken down by.</summary>
internal sealed record ReportColumns(IReadOnlyList<SpendDimension> By, IReadOnlyList<string> Tags);

/// <summary>Which calls a report is of.</summary>
internal sealed record ReportFilters(IReadOnlyDictionary<SpendDimension, string?> Where, IReadOnlyDictionary<string, string?> Tags, bool? Succeeded)
{
    public static ReportFilters None { get; } = new(new Dictionary<SpendDimension, string?>(), new Dictionary<string, string?>(), null);
}
