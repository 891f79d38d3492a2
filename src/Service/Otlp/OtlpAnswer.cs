using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using LlmTelemetry.Service.Wire.Rpc;

namespace LlmTelemetry.Service;

/// <summary>Writes answers in the form that the request has.</summary>
internal static class OtlpAnswer
{
    // google.rpc.Code.
    private const int InvalidArgument = 3;
    private const int ResourceExhausted = 8;
    private const int Internal = 13;
    private const int Unavailable = 14;

    private static readonly JsonFormatter Formatter = new(new JsonFormatter.Settings(formatDefaultValues: false, TypeRegistry.FromMessages(BadRequest.Descriptor)));

    /// <summary>What was accepted.</summary>
    public static Task AcceptAsync(HttpContext http, bool isJson, IMessage answer) => WriteAsync(http, isJson, StatusCodes.Status200OK, answer);

    /// <summary>What can never be read.</summary>
    public static Task BadAsync(HttpContext http, bool isJson, string why)
    {
        var details = new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Description = why } } };
        return WriteAsync(http, isJson, StatusCodes.Status400BadRequest, new Status { Code = InvalidArgument, Message = why, Details = { Any.Pack(details) } });
    }

    /// <summary>What is not accepted for another reason.</summary>
    public static Task RefuseAsync(HttpContext http, bool isJson, int status, string why, TimeSpan? retryAfter = null)
    {
        if (retryAfter is { } wait)
        {
            http.Response.Headers.RetryAfter = Math.Clamp(Math.Ceiling(wait.TotalSeconds), 1, int.MaxValue).ToString(CultureInfo.InvariantCulture);
        }

        var code = status switch
        {
            StatusCodes.Status500InternalServerError => Internal,
            StatusCodes.Status503ServiceUnavailable => Unavailable,
            StatusCodes.Status413PayloadTooLarge or StatusCodes.Status429TooManyRequests => ResourceExhausted,
            _ => InvalidArgument,
        };
        return WriteAsync(http, isJson, status, new Status { Code = code, Message = why });
    }

    private static async Task WriteAsync(HttpContext http, bool isJson, int status, IMessage answer)
    {
        var body = isJson ? Encoding.UTF8.GetBytes(Formatter.Format(answer)) : answer.ToByteArray();
        http.Response.StatusCode = status;
        http.Response.ContentType = isJson ? OtlpContent.Json : OtlpContent.Protobuf;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted).ConfigureAwait(false);
    }
}
