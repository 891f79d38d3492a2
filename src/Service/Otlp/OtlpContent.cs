using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace LlmTelemetry.Service;

/// <summary>What the headers of a request say of its body.</summary>
internal static class OtlpContent
{
    public const string Protobuf = "application/x-protobuf";
    public const string Json = "application/json";

    private const string Gzip = "gzip";

    /// <summary>Whether the body is JSON; null: neither JSON nor protobuf.</summary>
    public static bool? IsJson(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
        {
            return null;
        }

        var isUtf8 = !type.Charset.HasValue || Is(type.Charset, "utf-8") || Is(HeaderUtilities.RemoveQuotes(type.Charset), "utf-8");
        return Is(type.MediaType, Protobuf) ? false : Is(type.MediaType, Json) && isUtf8 ? true : null;
    }

    /// <summary>Whether the body is compressed; null: in a way that is not known here.</summary>
    public static bool? IsGzip(HttpRequest request) => request.Headers.ContentEncoding.ToString().Trim() switch
    {
        "" => false,
        var coding when coding.Equals("identity", StringComparison.OrdinalIgnoreCase) => false,
        var coding when coding.Equals(Gzip, StringComparison.OrdinalIgnoreCase) || coding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase) => true,
        _ => null,
    };

    private static bool Is(StringSegment said, string word) => said.Equals(word, StringComparison.OrdinalIgnoreCase);
}
