namespace LlmTelemetry.Budgets;

/// <summary>
/// What characters that are not ASCII take, in hundredths of a token each. Fitted to the counts in tests/Budgets.Tests/Estimating/Corpus. ASCII is much the same to
/// all tokenizers; of other scripts those with large vocabularies make half of the tokens, or a quarter.
/// </summary>
internal sealed class ScriptWeights
{
    // OpenAI since GPT-4o; those of Google, Alibaba and others are about as large.
    private static readonly ScriptWeights Large = new()
    {
        Han = 85,
        Kana = 72,
        Hangul = 80,
        WidePunctuation = 70,
        GreekOrCyrillic = 30,
        NearEastern = 36,
        Other = 38,
        Pictograph = 190,
        Symbol = 90,
        AccentedWord = 28,
    };

    // GPT-4 and before, and Anthropic, whose own is public up to Claude 2.
    private static readonly ScriptWeights Small = new()
    {
        Han = 115,
        Kana = 100,
        Hangul = 145,
        WidePunctuation = 95,
        GreekOrCyrillic = 58,
        NearEastern = 95,
        Other = 130,
        Pictograph = 220,
        Symbol = 110,
        AccentedWord = 37,
    };

    public required int Han { get; init; }

    public required int Kana { get; init; }

    public required int Hangul { get; init; }

    public required int WidePunctuation { get; init; }

    public required int GreekOrCyrillic { get; init; }

    public required int NearEastern { get; init; }

    /// <summary>The scripts of India, Thai and all others.</summary>
    public required int Other { get; init; }

    public required int Pictograph { get; init; }

    public required int Symbol { get; init; }

    /// <summary>Each letter of a Latin word that has one with an accent.</summary>
    public required int AccentedWord { get; init; }

    /// <summary>Those of a model; of one that is not known the large ones.</summary>
    public static ScriptWeights Of(string? model) =>
        model is not null
        && (model.Contains("claude", StringComparison.OrdinalIgnoreCase)
            || model.Contains("gpt-3.5", StringComparison.OrdinalIgnoreCase)
            || (model.Contains("gpt-4", StringComparison.OrdinalIgnoreCase) && !IsNewer(model)))
            ? Small : Large;

    /// <summary>The weight of a character that is no ASCII and in no Latin word.</summary>
    public int Of(char character) => (int)character switch
    {
        < 0x250 => Symbol,
        < 0x530 => GreekOrCyrillic,
        < 0x800 => NearEastern,
        >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0xF900 and <= 0xFAFF => Han,
        >= 0x3040 and <= 0x30FF => Kana,
        >= 0xAC00 and <= 0xD7AF => Hangul,
        >= 0x3000 and <= 0x303F or >= 0xFF00 and <= 0xFFEF => WidePunctuation,
        >= 0xD800 and <= 0xDBFF => Pictograph,
        >= 0xDC00 and <= 0xDFFF => 0, // Counted with its other half.
        >= 0x2600 and <= 0x27BF or 0x200D or 0xFE0F => Pictograph,
        >= 0x2000 and <= 0x2BFF => Symbol,
        _ => Other,
    };

    private static bool IsNewer(string model) =>
        model.Contains("gpt-4o", StringComparison.OrdinalIgnoreCase) || model.Contains("gpt-4.", StringComparison.OrdinalIgnoreCase);
}
