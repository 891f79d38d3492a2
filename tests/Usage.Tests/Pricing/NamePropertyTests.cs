using System.Globalization;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;

namespace LlmTelemetry.Usage.Tests;

public sealed partial class NamePropertyTests
{
    private static readonly string[] Blanks = ["", " ", "\t", "  ", "\n", "\u00a0"];

    private static readonly Gen<(string Provider, string Name, string Model)> Names = Gen.Elements(NameCatalog.Names.ToArray());

    // Nothing of it changes what a name means.
    private static readonly Gen<((string Provider, string Name, string Model) Known, string Provider, string Name)> Respelled =
        from known in Names
        from alias in Gen.Elements(NameCatalog.ProviderNames[known.Provider])
        from prefix in Gen.Elements(NameCatalog.ProviderNames[known.Provider])
        from isPrefixed in Gen.Elements(true, false)
        from respelled in Gen.Elements(known.Name, Days(known.Name), Days(known.Name, "@"))
        from upper in Gen.Choose(0, int.MaxValue)
        from before in Gen.Elements(Blanks)
        from after in Gen.Elements(Blanks)
        let name = isPrefixed && !known.Name.StartsWith("arn:", StringComparison.Ordinal) ? $"{prefix}/{respelled}" : respelled
        select (known, before + Case(alias, upper) + after, after + Case(name, upper) + before);

    [Fact]
    public void Any_spelling_of_a_name_finds_the_same_entry() => PropertyRun.Holds(Respelled, c =>
        PriceBook.Embedded.Quote(c.Provider, c.Name, default, default) is var found && found?.Provider == c.Known.Provider && found?.Model == c.Known.Model
            ? null
            : $"{c.Provider}|{c.Name} is {found?.Provider}/{found?.Model} instead of {c.Known}");

    [Fact]
    public void Any_name_of_an_unknown_provider_has_no_price() => PropertyRun.Holds(
        from name in Names from provider in AnyText select (name.Name, Provider: "zz-" + provider), c =>
            PriceBook.Embedded.Quote(c.Provider, c.Name, default, default) is { } cost && !IsAlias(c.Provider) ? $"{c} costs what {cost.Provider} charges" : null);

    [Fact]
    public void Any_version_behind_a_name_that_ends_in_one_is_unknown_unless_it_is_written_out() => PropertyRun.Holds(
        from name in Names from digit in Gen.Choose(1, 99) from separator in Gen.Elements("-", ".") select (name.Provider, name.Name, name.Model, Next: $"{separator}{digit}"), c =>
        {
            // Not behind a day: ...-preview-09-17.
            var found = VersionAtEnd().IsMatch(c.Name) ? NameCatalog.List.Explain(c.Provider, c.Name + c.Next) : null;
            var isOpen = found?.ModelRule is { } rule && (rule.StartsWith('/') || rule.Split(';')[0].Contains('*', StringComparison.Ordinal));
            var isWritten = found?.ModelRule?.Contains(c.Name + c.Next, StringComparison.Ordinal) == true; // *claude-opus-4-1* in the entry of claude-4-opus
            return isOpen && !isWritten && found!.Model == c.Model ? $"{c.Provider}/{c.Name}{c.Next} is priced as its elder by {found.ModelRule}" : null;
        });

    [Fact]
    public void Any_text_at_all_is_understood_or_not_without_an_exception() => PropertyRun.Holds(
        from provider in Gen.OneOf(AnyText, Gen.Elements("aws", "google", "openai", "azure", "litellm", "")) from name in AnyText select (provider, name), c =>
        {
            var listing = NameCatalog.List.Find(c.provider, c.name);
            var explanation = NameCatalog.List.Explain(c.provider, c.name);
            return explanation.Model == listing?.Model.Id && explanation.Problem is null == listing is not null ? null : $"{c}: {explanation}";
        });

    private static readonly Gen<string> AnyText =
        from pieces in Gen.Elements(
            "a", "claude-", "gpt-", "-1", ".5", "-20250929", "@20250929", "@", "/", ":", "arn:aws:bedrock:us-east-1::foundation-model/", "models/", "publishers/x/models/", "us.", "global.",
            "anthropic.", "-latest", "ft:", "\u0130", "\0", "*", "(", " ", "sonnet-4-5", "-v1:0").ListOf()
        select string.Concat(pieces);

    private static bool IsAlias(string provider) => NameCatalog.List.Explain(provider, "x").Provider is not null;

    private static string Case(string name, int upper) => new([.. name.Select((c, i) => (upper >> (i % 31) & 1) != 0 ? char.ToUpperInvariant(c) : c)]);

    private static string Days(string name, string separator = "-") => DashedDay().Replace(
        CompactDay().Replace(name, m => Day(m.Groups[1].Value, "yyyyMMdd") is { } day ? $"{separator}{day:yyyy-MM-dd}" : m.Value),
        m => name.Contains(m.Value, StringComparison.Ordinal) && Day(m.Groups[1].Value, "yyyy-MM-dd") is { } day ? $"{separator}{day:yyyyMMdd}" : m.Value);

    private static DateOnly? Day(string text, string format) =>
        DateOnly.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    [GeneratedRegex("-([0-9]{8})(?=[-:]|$)")]
    private static partial Regex CompactDay();

    [GeneratedRegex("-([0-9]{4}-[0-9]{2}-[0-9]{2})(?=[-:]|$)")]
    private static partial Regex DashedDay();

    [GeneratedRegex("(?<!-[0-9]{2})[-.a-z][0-9]{1,2}$")]
    private static partial Regex VersionAtEnd();
}
