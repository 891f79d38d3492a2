using System.Globalization;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Usage;

/// <summary>The spellings of a model's name that mean the same model: of days, of version numbers, of its newest build.</summary>
internal static partial class NameSpelling
{
    // The order counts: the first spelling that finds an entry is believed, and the name as it was given is the first.
    private static readonly (Func<string, string> Spell, string Done)[] Respellings =
    [
        (n => CompactDay().Replace(n, m => Day(m, "yyyyMMdd", "-yyyy-MM-dd")), "day respelled -yyyy-mm-dd"),
        (n => DashedDay().Replace(n, m => Day(m, "yyyy-MM-dd", "-yyyyMMdd")), "day respelled -yyyymmdd"),
        (n => AtDay().Replace(n, m => Day(m, "yyyyMMdd", "-yyyyMMdd")), "day respelled -yyyymmdd"),
        (n => DottedVersion().Replace(n, "-"), "version respelled with dashes"),
        (n => DashedVersion().Replace(n, "."), "version respelled with dots"),
        (n => Newest().Replace(n, ""), "-latest taken off"),
    ];

    private static readonly (Func<string, string> Spell, string Done)[] BedrockRespellings = [.. Respellings, (n => Revision().Replace(n, ""), "revision taken off")];

    private static readonly (Func<string, string> Spell, string Done)[] VertexRespellings = [.. Respellings, (n => AtNewest().Replace(n, ""), "@default taken off")];

    /// <summary>The name as it is, then its other spellings.</summary>
    public static List<NameForm> Of(NameForm form, PricedProvider provider)
    {
        var forms = new List<NameForm> { form };
        foreach (var (spell, done) in provider.Id switch { "aws" => BedrockRespellings, "google" => VertexRespellings, _ => Respellings })
        {
            for (int i = 0, known = forms.Count; i < known; i++)
            {
                var name = spell(forms[i].Name);
                if (name.Length != 0 && !forms.Exists(f => f.Name == name))
                {
                    forms.Add(forms[i].Then(name, done));
                }
            }
        }

        return forms;
    }

    // What is no day stays as it is.
    private static string Day(Match match, string from, string to) =>
        DateOnly.TryParseExact(match.ValueSpan[1..], from, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? day.ToString(to, CultureInfo.InvariantCulture)
            : match.Value;

    [GeneratedRegex("[-@][0-9]{8}(?=[-:@]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex CompactDay();

    [GeneratedRegex("[-@][0-9]{4}-[0-9]{2}-[0-9]{2}(?=[-:@]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex DashedDay();

    [GeneratedRegex("@[0-9]{8}(?=[-:]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex AtDay();

    // Two numbers of one or two digits are a version, unless a third belongs to them (a day) or a letter (a size).
    [GeneratedRegex(@"(?<=(?<![0-9]|[0-9][-.])[0-9]{1,2})\.(?=[0-9]{1,2}(?![0-9a-z]|[-.][0-9]{1,2}(?![0-9a-z])))", RegexOptions.CultureInvariant)]
    private static partial Regex DottedVersion();

    [GeneratedRegex(@"(?<=(?<![0-9]|[0-9][-.])[0-9]{1,2})-(?=[0-9]{1,2}(?![0-9a-z]|[-.][0-9]{1,2}(?![0-9a-z])))", RegexOptions.CultureInvariant)]
    private static partial Regex DashedVersion();

    // Only after a version with a minor number: the newest build of that version. claude-opus-4-latest may be 4.0 or 4.8, at very different prices.
    [GeneratedRegex("(?<=[0-9][-.][0-9]+(?:-[a-z][a-z0-9]*)*)-latest$", RegexOptions.CultureInvariant)]
    private static partial Regex Newest();

    [GeneratedRegex("@(?:default|latest)$", RegexOptions.CultureInvariant)]
    private static partial Regex AtNewest();

    // -v1:0 and the size of the context, 200k. A v2 is another revision, maybe at another price.
    [GeneratedRegex(@"(?<=.)(?:-v1(?::0)?|:0)?(?::[0-9]+k)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Revision();
}
