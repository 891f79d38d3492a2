using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a call for images asked for, as far as the price of an image hangs on it: its size and quality.</summary>
[Experimental("MEAI001")]
internal sealed class ImagesSent(ImageGenerationOptions options, KeyValuePair<string, object?>[]? tags) : SentDetails(tags)
{
    private const int MaxWord = 32;
    private const string Size = "Size";
    private const string Quality = "Quality";

    // The provider's choice, which is its default.
    private const string Auto = "auto";

    // Where the size is not said, the price book says what the model makes then.
    private const string DefaultSize = "default";

    private readonly System.Drawing.Size? _size = options.ImageSize;
    private readonly string? _quality = options.AdditionalProperties?.TryGetValue(Quality, out var quality) == true ? quality as string : null;
    private readonly string? _sizeText = options.AdditionalProperties?.TryGetValue(Size, out var size) == true ? size as string : null;

    /// <summary>The provider's own options, once they are made.</summary>
    public object? Raw { get; set; }

    /// <summary>How many images an answer holds: those are billed, not those that were asked for.</summary>
    public static long Count(IList<AIContent> contents)
    {
        var count = 0L;
        foreach (var content in contents)
        {
            count += content switch
            {
                DataContent data => IsImage(data.MediaType) ? 1 : 0,
                UriContent uri => IsImage(uri.MediaType) ? 1 : 0,
                HostedFileContent file => IsImage(file.MediaType) ? 1 : 0,
                ImageGenerationToolResultContent { Outputs: { } outputs } => Count(outputs),
                _ => 0,
            };
        }

        return count;
    }

    /// <summary>Size and quality as the price book writes them: <c>1024x1024/hd</c>. The answer's own words go first, then what the provider was sent.</summary>
    public static string KindOf(object? answer, ImagesSent? sent)
    {
        var size = Word(SdkObject.Get(answer, Size)) ?? Word(SdkObject.Get(sent?.Raw, Size)) ?? SizeOf(sent) ?? DefaultSize;
        var quality = Word(SdkObject.Get(answer, Quality)) ?? Word(SdkObject.Get(sent?.Raw, Quality)) ?? Word(sent?._quality);
        return quality is null ? size : $"{size}/{quality}";
    }

    // A type that says nothing, as some give, is not another one.
    private static bool IsImage(string? mediaType) =>
        mediaType is null || mediaType.StartsWith("image/", StringComparison.OrdinalIgnoreCase) || mediaType.StartsWith("application/", StringComparison.OrdinalIgnoreCase);

    private static string? SizeOf(ImagesSent? sent) =>
        sent?._size is { } size ? string.Create(CultureInfo.InvariantCulture, $"{size.Width}x{size.Height}") : Word(sent?._sizeText);

    // Of an SDK's object that means something else by the name, nothing is read.
    private static string? Word(object? value)
    {
        var word = value?.ToString()?.Trim().ToLowerInvariant();
        return word is { Length: > 0 and <= MaxWord } and not Auto && word.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? word : null;
    }
}
