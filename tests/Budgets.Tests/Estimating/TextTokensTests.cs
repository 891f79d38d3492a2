using System.Globalization;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

public sealed class TextTokensTests
{
    // A model that uses the tokenizer.
    private static readonly Dictionary<string, string> Models = new() { ["o200k_base"] = "gpt-4o-mini", ["cl100k_base"] = "gpt-4-turbo", ["claude"] = "claude-2.1" };

    public static TheoryData<string, string, double, double> Kinds => new()
    {
        // Kind, tokenizer, the lowest and the highest error of all its texts together.
        { "english", "o200k_base", -0.05, 0.15 },
        { "english", "cl100k_base", -0.05, 0.15 },
        { "english", "claude", -0.05, 0.15 },
        { "code", "o200k_base", -0.05, 0.15 },
        { "code", "cl100k_base", -0.05, 0.15 },
        { "code", "claude", -0.05, 0.15 },
        { "cjk", "o200k_base", -0.05, 0.15 },
        { "cjk", "cl100k_base", -0.05, 0.15 },
        { "cjk", "claude", -0.05, 0.15 },
        { "json", "o200k_base", -0.05, 0.15 },
        { "json", "cl100k_base", -0.05, 0.15 },
        { "json", "claude", -0.05, 0.15 },
        { "other", "o200k_base", -0.05, 0.15 },
        { "other", "cl100k_base", -0.05, 0.15 },
        { "other", "claude", -0.20, 0.15 },
    };

    [Fact]
    public void Texts_are_those_that_were_counted() => Assert.All(TokenCorpus.Texts, text => Assert.Equal(text.Characters, text.Text.Length));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Error_over_the_texts_of_a_kind_is_within_its_bounds(string kind, string tokenizer, double lowest, double highest)
    {
        var error = ErrorOf(kind, tokenizer);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}, {tokenizer}: {Percent(error)}");
        Assert.InRange(error, lowest, highest);
    }

    [Theory]
    [InlineData("english", "English")]
    [InlineData("code", "code (C#, Python, shell, SQL, TypeScript)")]
    [InlineData("cjk", "Chinese, Japanese, Korean")]
    [InlineData("json", "JSON")]
    [InlineData("other", "others (Arabic, emoji, French, German, Hindi, Russian, Thai)")]
    public void Error_of_a_kind_is_the_documented_one(string kind, string named) => Assert.Contains(
        $"| {named} | {Percent(ErrorOf(kind, "o200k_base"))} | {Percent(ErrorOf(kind, "cl100k_base"))} | {Percent(ErrorOf(kind, "claude"))} |",
        Repository.Read("docs/budgets.md").Split('\n'));

    [Theory]
    [InlineData("o200k_base")]
    [InlineData("cl100k_base")]
    [InlineData("claude")]
    public void Error_of_each_text_of_the_documented_kinds_is_within_a_fifth(string tokenizer) => Assert.All(
        TokenCorpus.Texts.Where(text => !text.Name.StartsWith("other", StringComparison.Ordinal)),
        text => Assert.InRange(((double)TextTokens.Of(text.Text, Models[tokenizer]) / text.Counts[tokenizer]) - 1, -0.2, 0.2));

    [Theory]
    [InlineData("", 0)]
    [InlineData("Hello", 1)]
    [InlineData("Hello world", 2)]
    [InlineData("  ", 1)]
    [InlineData("\n\n\n", 1)]
    [InlineData("1234567", 3)]
    [InlineData("getHttpResponse", 3)]
    [InlineData("MAX_VALUE", 4)]
    [InlineData("漢字", 2)]
    [InlineData("\ud83d\ude00", 2)]
    public void Text_takes_so_many_tokens(string text, long tokens) => Assert.Equal(tokens, TextTokens.Of(text));

    [Theory]
    [InlineData('-', 1_000, 5, 100)]
    [InlineData(' ', 1_000, 5, 100)]
    [InlineData('x', 1_000, 100, 600)]
    [InlineData('7', 999, 333, 333)]
    public void Run_of_one_character_is_neither_nothing_nor_a_text(char character, int count, long least, long most) =>
        Assert.InRange(TextTokens.Of(new string(character, count)), least, most);

    [Fact]
    public void Half_of_a_surrogate_pair_does_no_harm() => Assert.InRange(TextTokens.Of("a\ud83d b \ude00"), 2, 5);

    [Fact]
    public void Estimate_allocates_nothing()
    {
        var text = TokenCorpus.Of("cjk").First().Text;
        TextTokens.Of(text, "gpt-4o");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            TextTokens.Of(text, "gpt-4o");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Estimate_of_a_text_grows_with_its_length_only() =>
        Assert.InRange(TextTokens.Of(string.Concat(Enumerable.Repeat(TokenCorpus.Texts[0].Text, 1_000))), 900 * TextTokens.Of(TokenCorpus.Texts[0].Text), 1_100 * TextTokens.Of(TokenCorpus.Texts[0].Text));

    private static double ErrorOf(string kind, string tokenizer)
    {
        long actual = 0, estimated = 0;
        foreach (var text in TokenCorpus.Of(kind))
        {
            actual += text.Counts[tokenizer];
            estimated += TextTokens.Of(text.Text, Models[tokenizer]);
        }

        return ((double)estimated / actual) - 1;
    }

    private static string Percent(double error) => (100 * error).ToString("+0.0 '%';-0.0 '%';0.0 '%'", CultureInfo.InvariantCulture);
}
